import { connection } from "@prismatic-io/spectral";
import { anthropic } from "./anthropic";

/** How to send a gateway its credential. */
export const authentications = ["bearer", "x-api-key", "header", "none"] as const;

/** Any other host that speaks Claude's Messages API: a gateway, a cloud platform, a local server. */
export const gateway = connection({
  key: "gateway",
  display: {
    label: "Claude-Compatible Gateway",
    description:
      "Another host that speaks Claude's Messages API, such as Portkey, LiteLLM, OpenRouter, Microsoft Foundry or Ollama",
    icons: anthropic.display.icons,
  },
  inputs: {
    baseUrl: {
      label: "Base URL",
      type: "string",
      required: true,
      comments: "The gateway's base URL. A trailing /, /v1 or /v1/messages is ignored.",
      placeholder: "Enter the base URL of the gateway",
      example: "https://gateway.example.com",
    },
    authentication: {
      label: "Authentication",
      type: "string",
      required: true,
      default: "bearer",
      model: [
        { label: "Authorization: Bearer", value: "bearer" },
        { label: "x-api-key", value: "x-api-key" },
        { label: "Another header", value: "header" },
        { label: "None", value: "none" },
      ],
      comments: "How to send the credential.",
      placeholder: "Choose how to authenticate",
      example: "bearer",
    },
    credential: {
      label: "Credential",
      type: "password",
      required: false,
      comments: "The key or token for the gateway. Leave empty if Authentication is None.",
      placeholder: "Key or token",
      example: "sk-XXXXXXXX",
    },
    headerName: {
      label: "Header Name",
      type: "string",
      required: false,
      comments:
        "The header that contains the credential. Required if Authentication is Another header.",
      placeholder: "Enter the name of the header",
      example: "x-portkey-api-key",
    },
    headers: {
      label: "Extra Headers",
      type: "text",
      required: false,
      comments:
        "Headers to send with each request, one per line: a name, a colon, a value. Values of headers with a secret name (key, token, …) are redacted in logs and outputs.",
      placeholder: "Name: value",
      example: "x-portkey-provider: anthropic",
    },
    apiVersion: anthropic.inputs.apiVersion,
    timeout: anthropic.inputs.timeout,
    maxRetries: anthropic.inputs.maxRetries,
    dailyBudget: anthropic.inputs.dailyBudget,
  },
});
