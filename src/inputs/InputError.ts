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

/** Puts other labels in the place of those that shared readers know. */
export const relabeled = async <T>(
  labels: Record<string, string>,
  read: () => T | Promise<T>,
): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    const label = error instanceof InputError ? labels[error.input] : undefined;
    if (!(error instanceof InputError) || label === undefined) throw error;
    throw new InputError(label, error.message.slice(error.input.length + 1));
  }
};

/** Puts the input's label before what src/claude finds wrong with its value. */
export const asInput = <T>(label: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInput ? new InputError(label, error.message) : error;
  }
};
