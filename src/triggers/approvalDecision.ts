import { type TriggerPayload, trigger } from "@prismatic-io/spectral";
import { rawText } from "../claude/files/fileValue";
import { schemaValidator } from "../claude/messages/replySchema";
import { asText, isRecord } from "../client/values";
import { decisionPage, messagePage } from "../steps/approvalPage";
import { type ApprovalCall, approvalKey, findApproval } from "../steps/approvals";
import { type ApprovalRefusal, approvalRefusals, invalidInput } from "../wording/approvals";

const branches = { decided: "Decided", page: "Page", refused: "Refused" };

/** A decision as Resume Agent expects it. */
interface CallDecision {
  id: string;
  approved: boolean;
  reason?: string;
  input?: unknown;
}

const example = {
  id: "t5Yl0bqgS0mK3nYw6cA1Xg",
  state: "agent1.H4sIAAAAAAAAA6tW",
  decisions: [{ id: "toolu_01A09q90", approved: true }],
};

/**
 * IDs that were decided in this process: the platform stores that an approval was decided only when
 * the execution ends.
 */
const decided = new Set<string>();
const maxDecided = 1_000;

/** @see https://prismatic.io/docs/integrations/triggers/webhook/sending-data */
export const approvalDecision = trigger({
  display: {
    label: "Approval Decision",
    description: "Start a flow when a person approves or denies an agent's calls by a link",
  },
  inputs: {},
  scheduleSupport: "invalid",
  // In a synchronous flow, the response would be the output of the last step, not the page.
  synchronousResponseSupport: "invalid",
  allowsBranching: true,
  staticBranchNames: Object.values(branches),
  perform: async (context, payload) => {
    const query = (name: string) => asText(payload.queryParameters?.[name]) ?? "";
    const id = query("id");
    const result = (branch: string, response: ReturnType<typeof messagePage>, data: unknown) => ({
      // Without the token and the form: the platform shows the payload to those who see executions.
      payload: {
        ...payload,
        queryParameters: {},
        invokeUrl: "",
        rawBody: { data: null },
        body: { data, contentType: "application/json" },
      } as TriggerPayload,
      response,
      branch,
    });
    const refuse = ([status, reason]: ApprovalRefusal) => {
      context.logger.warn(`An approval was refused: ${reason}`);
      return result(branches.refused, messagePage(status, reason), { reason });
    };
    const accept = (data: object) =>
      result(
        branches.decided,
        messagePage(200, "The decision was received. The link is used."),
        data,
      );
    // A test run has no approval.
    if (context.isSimulatedTestExecution) return accept(example);
    const found = decided.has(id)
      ? approvalRefusals.unknown
      : findApproval(context, id, query("token"));
    if (!("state" in found)) return refuse(found);
    const { calls, state } = found;
    const form = new URLSearchParams(rawText(payload.rawBody?.data));
    // The method is not known. Mail filters and previews open links, but only the form has a decision.
    if (!form.has("decision")) {
      return result(branches.page, decisionPage(id, calls, query("decision") === "deny"), {});
    }
    try {
      const decisions = readDecisions(form, calls);
      decided.add(id);
      for (const old of decided) if (decided.size > maxDecided) decided.delete(old);
      // Null deletes the entry.
      return { ...accept({ id, state, decisions }), crossFlowState: { [approvalKey(id)]: null } };
    } catch (refusal) {
      return refuse(refusal as ApprovalRefusal);
    }
  },
  examplePayload: {
    payload: { body: { data: example, contentType: "application/json" } } as TriggerPayload,
    response: messagePage(200, ""),
    branch: branches.decided,
  },
});

/**
 * The decision on each call.
 *
 * @throws ApprovalRefusal for a form that is not valid.
 */
const readDecisions = (form: URLSearchParams, calls: readonly ApprovalCall[]): CallDecision[] => {
  const decision = form.get("decision");
  if (decision !== "approve" && decision !== "deny") throw approvalRefusals.malformed;
  return calls.map(({ id, flow, input: given, schema }, index) => {
    const approved = decision === "approve" && !form.getAll("deny").includes(String(index));
    const reason = form.get(`reason${index}`)?.trim();
    const text = form.get(`input${index}`);
    const input = approved && text !== null ? changedInput(text, given) : undefined;
    if (input === null) throw invalidInput(flow, "it must be a JSON object.");
    const fault = input && schemaValidator(schema)(input);
    if (fault) throw invalidInput(flow, fault);
    return { id, approved, ...(reason ? { reason } : {}), ...(input ? { input } : {}) };
  });
};

/** The input in a form, undefined if it was not changed, null if it is not a JSON object. */
const changedInput = (text: string, given: unknown): object | undefined | null => {
  try {
    const input: unknown = JSON.parse(text);
    if (!isRecord(input)) return null;
    return JSON.stringify(input) === JSON.stringify(given) ? undefined : input;
  } catch {
    return null;
  }
};
