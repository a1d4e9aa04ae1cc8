/** Leaves out the tests that wait for seconds: they would wait anew for each change to what they run. */
import { beforeEach } from "vitest";

const slow = [
  "stays open over a pause longer than Node's own agent allows",
  "keeps its status when its body breaks off or never ends",
];

beforeEach(({ task, skip }) => skip(slow.includes(task.name)));
