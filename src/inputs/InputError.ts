import { SpectralError } from "@prismatic-io/spectral";
import { InvalidInput } from "../claude/InvalidInput";

/** An input that cannot be used. Thrown before any request goes out. */
export class InputError extends SpectralError {
  /** Label of the input to change. */
  readonly input: string;

  /**
   * @param input Label of the input, the first words of the message.
   * @param problem The rest of the sentence: what the input takes, and what it holds.
   */
  constructor(input: string, problem: string) {
    super(`${input} ${problem}`);
    this.name = "InputError";
    this.input = input;
  }
}

/** Puts the input's label before what src/claude finds wrong with its value. */
export const asInput = <T>(label: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInput ? new InputError(label, error.message) : error;
  }
};
