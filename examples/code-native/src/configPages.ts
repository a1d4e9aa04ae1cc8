import { configPage } from "@prismatic-io/spectral";
import { anthropicAnthropic } from "./manifests/anthropic/connections/anthropic";

export const configPages = {
  Claude: configPage({
    elements: {
      "Claude Connection": anthropicAnthropic("claude-connection", {
        apiKey: {},
        baseUrl: { value: "https://api.anthropic.com" },
      }),
    },
  }),
};
