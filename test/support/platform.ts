/** A component that uses the action context of spectral, to be built like the real one. */
import { action, component } from "@prismatic-io/spectral";

export default component({
  key: "platform",
  display: { label: "Platform", description: "Uses the platform", iconPath: "icon.png" },
  actions: {
    invoke: action({
      display: { label: "Invoke", description: "Invoke a flow" },
      inputs: {},
      perform: async (context) => {
        context.debug.timeElapsed.mark(context, "start");
        const { data } = await context.invokeFlow("Other", { a: 1 });
        return { data: data as unknown };
      },
    }),
  },
});
