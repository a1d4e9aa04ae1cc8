import { createHarness, defaultTriggerPayload } from "@prismatic-io/spectral/dist/testing";
import { component, Logs } from "./component";

/** The instance state that the platform keeps between executions, stored as JSON. */
export class Instance {
  #state = "{}";

  get state(): Record<string, unknown> {
    return JSON.parse(this.#state);
  }

  /** Runs a trigger of the built component, and stores its instance state if it succeeds. */
  async run(
    key: string,
    inputs: Record<string, unknown>,
    payload: Record<string, unknown> = {},
    context: Record<string, unknown> = {},
    // biome-ignore lint/suspicious/noExplicitAny: tests read any property of a payload
  ): Promise<any> {
    const instanceState = this.state;
    const result = await createHarness(component).trigger(
      key,
      { ...defaultTriggerPayload(), ...payload },
      inputs,
      { logger: new Logs().logger, instanceState, ...context } as object,
    );
    this.#state = JSON.stringify({ ...instanceState, ...result?.instanceState });
    return result;
  }
}
