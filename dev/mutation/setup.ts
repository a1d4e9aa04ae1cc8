/** Skips tests that are too slow to repeat for every mutant. */
import { beforeEach } from "vitest";

const skipped = [
  // Tests that wait for seconds.
  "are reused after a pause of 5.5 seconds, longer than Node's default",
  "keep their status when the body is incomplete",
  // Starts a process with the bundle.
  "resumes in another process",
];

beforeEach(({ task, skip }) => skip(skipped.includes(task.name)));
