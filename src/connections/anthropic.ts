import { connection } from "@prismatic-io/spectral";

/** An API key for Anthropic's API, or for a proxy that accepts the same key. */
export const anthropic = connection({
  key: "anthropic",
  display: {
    label: "Anthropic API",
    description: "An API key for Claude on Anthropic's own platform",
    icons: { avatarPath: "icon.png" },
  },
  inputs: {
    apiKey: {
      label: "API Key",
      type: "password",
      required: true,
      comments:
        "An API key of an Anthropic account. Create one in the Claude Console under API keys.",
      placeholder: "API key",
      example: "sk-ant-api03-XXXXXXXX",
    },
    baseUrl: {
      label: "Base URL",
      type: "string",
      required: false,
      default: "https://api.anthropic.com",
      comments:
        "The API's base URL. Change it only for a proxy that forwards requests to Anthropic. A trailing /, /v1 or /v1/messages is ignored.",
      placeholder: "Base URL",
      example: "https://api.anthropic.com",
    },
    apiVersion: {
      label: "API Version",
      type: "string",
      required: false,
      default: "2023-06-01",
      comments:
        "The anthropic-version header. Versions 2026-10-21 and later do not accept a temperature.",
      placeholder: "API version",
      example: "2023-06-01",
    },
    timeout: {
      label: "Timeout (seconds)",
      type: "string",
      required: false,
      comments:
        "Time limit for each attempt of every step, in seconds. Leave empty for 10 minutes for messages and uploads, and 1 minute for everything else.",
      placeholder: "Enter a number of seconds",
      example: "120",
    },
    maxRetries: {
      label: "Max Retries",
      type: "string",
      required: false,
      comments:
        "Number of retries of every step after a temporary failure: no response, rate limit, overload, server error. Leave empty for 2.",
      placeholder: "Enter a number of retries",
      example: "2",
    },
    dailyBudget: {
      label: "Daily Budget (US dollars)",
      type: "string",
      required: false,
      comments:
        "Approximate amount per instance and day (UTC), at list prices. Once it is spent, no messages are sent. Leave empty for no limit.",
      placeholder: "Amount",
      example: "5",
    },
  },
});
