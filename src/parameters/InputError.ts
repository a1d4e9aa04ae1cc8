import { SpectralError } from "@prismatic-io/spectral";
import { InvalidInput } from "../claude/problem";
import { type CodedError, coded, type ErrorCode } from "../client/errorCode";
import type { Labels } from "../wording/labels";
import { describeProblem } from "../wording/problems";
import { abridged } from "../wording/sentence";

/** The value of an input cannot be used. Thrown before any request is sent. */
export class InputError extends SpectralError implements CodedError {
  readonly code!: ErrorCode;
  readonly retryable!: boolean;
  /** Label of the input to change. */
  readonly input: string;

  /**
   * @param input Label of the input.
   * @param problem What is wrong with it, as the rest of a sentence that starts with the label.
   */
  constructor(input: string, problem: string, code: ErrorCode = "invalid_input") {
    super(`${input} ${abridged(problem)}`);
    this.name = "InputError";
    this.input = input;
    Object.assign(this, coded(code));
  }
}

/**
 * Turns a problem that src/claude finds in the value of an input into an InputError.
 *
 * @param labels Of the step. Needed for problems whose advice names another input.
 */
export const asInput = <T>(label: string, read: () => T, labels: Labels = {}): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InputError(label, describeProblem(error.problem, labels));
  }
};
