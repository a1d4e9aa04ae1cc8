import type { ErrorDetails } from "@anthropic-ai/sdk/resources/shared";

/** Anthropic's `error.details.error_code`. */
export type ErrorCode = ErrorDetails["error_code"];

const encryptionKey = "the encryption key of the workspace in the key management service";
const compactionBlock = "Send the compaction block as the API returned it.";
const userProfile = "Check the user profile that the request names.";
const newThread = 'or send the whole conversation with thread {"type": "create"}.';

/**
 * What to do about each error code of the endpoints that the steps use. For codes without an entry,
 * the advice follows from the type or the status.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
export const adviceByCode: Partial<Record<ErrorCode, string>> = {
  available_tools_limit_exceeded: "Define fewer or smaller tools.",
  claude_code_key_creator_not_member:
    "The creator of this API key has left the organization or the workspace. Create a new API key in the Claude Console.",
  claude_code_version_too_old:
    "The model or the organization requires a newer version of Claude Code. Choose another model, or an API key of another workspace.",
  cmek_context_unavailable: "Try again in a few minutes.",
  cmek_key_disabled: `Enable ${encryptionKey}.`,
  cmek_key_network_blocked: `Allow network access to ${encryptionKey}.`,
  cmek_key_unreachable: `Try again. If this continues, check ${encryptionKey}.`,
  compaction_block_ambiguous: "Keep only the last compaction block in the conversation.",
  compaction_block_misplaced: "The compaction block must be the first block of the conversation.",
  compaction_content_mismatch: compactionBlock,
  compaction_incomplete_turn: "End the conversation with a complete turn.",
  compaction_nothing_to_summarize: "The conversation needs a turn that can be summarized.",
  compaction_signature_invalid: compactionBlock,
  compaction_too_many_tool_references: "Use fewer tools in the conversation, or start a new one.",
  compaction_tool_changes_mismatch: compactionBlock,
  compaction_unavailable: "Try again.",
  contract_spend_limit_reached:
    "The organization has reached the spend limit of its contract. Contact Anthropic to increase it.",
  enforced_spend_limit_reached:
    "The organization has reached the monthly spend limit of its usage tier. Request a higher limit in the Claude Console, or wait until next month.",
  file_expired: "The file has expired. Upload it again, to expire later.",
  file_not_downloadable:
    "Only files that Claude's tools created can be downloaded, not uploaded files.",
  image_dimensions_too_large: "Scale the image down, or remove it.",
  linked_organization_billing_unavailable:
    "The organization of the user profile cannot be billed. The cause is in the account of that organization.",
  linked_organization_spend_limit_reached:
    "The organization of the user profile has reached its spend limit, or has no credit.",
  organization_on_hold:
    "Anthropic has disabled the organization for trust and safety reasons. An administrator can appeal.",
  organization_type_not_supported: "This endpoint does not support organizations of this type.",
  parent_organization_required:
    "This endpoint requires an organization with a parent organization.",
  ramp_limit_exceeded:
    "Usage grows faster than the API allows. Spread the requests over a longer time.",
  request_body_encoding_invalid: "Remove the header Content-Encoding.",
  request_body_encoding_unsupported: "Remove the header Content-Encoding.",
  request_body_too_large_after_decoding: "Send less: a request can have at most 32 MB.",
  sandbox_egress_restricted: "Run this outside of the sandbox.",
  skill_read_blocked_undecryptable: `The skill cannot be decrypted. Check ${encryptionKey}.`,
  storage_quota_exceeded: "Delete files that are not needed, or let them expire.",
  thread_already_continued: "Continue the thread from its last response.",
  thread_continue_in_flight: `Wait until the other request has ended, ${newThread}`,
  thread_fingerprint_mismatch: `Send the fields that the thread started with, ${newThread}`,
  thread_not_found: 'Send the whole conversation with thread {"type": "create"}.',
  thread_unsupported_request: "Send the whole conversation without thread.",
  tool_name_conflict: "Rename one of the tools.",
  tool_reference_unresolved: "Define the tool or the MCP server that the conversation refers to.",
  user_profile_billing_not_authorized:
    "The customer of the user profile must authorize the billing.",
  user_profile_not_billable: userProfile,
  user_profile_not_found: userProfile,
  user_profile_required: "Name the user profile in the header anthropic-user-profile-id.",
  workspace_human_review_disabled: "Use an API key of a workspace with human review.",
};

/** What to do about the two errors of billing that have no code, by how their messages begin. */
const adviceByMessage: [RegExp, string][] = [
  [/credit balance is too low/i, "Buy credits in the Claude Console."],
  [
    /specified (workspace )?API usage limits/i,
    "The spend limit set in the Claude Console is reached. Increase it there, or wait until it resets.",
  ],
];

/** The advice for an error of Anthropic's API that is told apart by more than its type and status. */
export const adviceByCause = (
  errorCode: string | null,
  message: string | undefined,
): string | undefined =>
  (errorCode !== null && Object.hasOwn(adviceByCode, errorCode)
    ? adviceByCode[errorCode as ErrorCode]
    : undefined) ?? adviceByMessage.find(([pattern]) => pattern.test(message ?? ""))?.[1];
