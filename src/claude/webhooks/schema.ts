import type { WebhookEvent } from "./webhooks";

export const eventExample: WebhookEvent = {
  type: "event",
  id: "whevt_01XkVbYp3pJmS6Vt8T2hCq",
  created_at: "2026-11-20T22:41:07Z",
  data: {
    type: "session.status_idled",
    id: "sesn_01AbCdEfGhJkMnPqRsTuVw",
    organization_id: "org_011CZkZaBF1tNoB5wlCeusgy",
    workspace_id: "wrkspc_011CZkZaBF1tNoB5wlCeusgy",
  },
};
