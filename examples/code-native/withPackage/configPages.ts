import { configPage } from "@prismatic-io/spectral";
import anthropic from "prismatic-anthropic";

export const configPages = {
  Claude: configPage({
    elements: {
      "Claude Connection": anthropic.connections.anthropic({ stableKey: "claude-connection" }),
    },
  }),
};
