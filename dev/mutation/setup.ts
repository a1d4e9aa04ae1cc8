/** Leaves out tests that would cost too much with each change to what they run. */
import { beforeEach } from "vitest";

const left = [
  // Wait for seconds.
  "stays open over a pause longer than Node's own agent allows",
  "keeps its status when its body breaks off or never ends",
  // Starts a process, with the bundle.
  "goes on in another process",
];

beforeEach(({ task, skip }) => skip(left.includes(task.name)));
