import { component } from "@prismatic-io/spectral";
import { actions } from "./actions";
import { connections } from "./connections";
import { dataSources } from "./dataSources";
import { withBudget } from "./steps/budget";
import { withGroupsAsText } from "./steps/groupsAsText";
import { withOutcomes } from "./steps/outcome";
import { triggers } from "./triggers";

export default withGroupsAsText(
  withBudget(
    withOutcomes(
      component({
        key: "anthropic",
        // An organization that has its own documentation of the connector enters its address here.
        documentationUrl: "https://platform.claude.com/docs",
        display: {
          label: "Anthropic",
          description: "Put Claude, Anthropic's language model, to work in a flow",
          category: "Application Connectors",
          iconPath: "icon.png",
        },
        connections,
        actions,
        triggers,
        dataSources,
      }),
    ),
  ),
);
