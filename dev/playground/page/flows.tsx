/* The integrations in examples/, flow by flow. */
import { useState } from "preact/hooks";
import { type FlowEvent, type PageData, runFlow, type Status } from "./api";
import { JsonEditor } from "./json";
import { emptyRecord, type RunRecord, withEvent } from "./record";
import { nameOf } from "./references";
import { Approval, Result } from "./result";

type Integration = PageData["integrations"][number];

/** A step of a flow that has begun. */
interface Begun {
  name: string;
  description: string;
  record: RunRecord;
  standIn?: { action: string; inputs: unknown; output: unknown };
}

type Step = PageData["integrations"][number]["flows"][number]["steps"][number];

/** Whether a flow resumes an agent, on a branch or not. */
const resumes = (steps: Step[]): boolean =>
  steps.some(
    ({ action, branches = [] }) =>
      action.key === "resumeAgent" || branches.some(({ steps }) => resumes(steps)),
  );

const withFlowEvent = (steps: Begun[], event: FlowEvent): Begun[] => {
  if (event.type === "step") {
    return [...steps, { name: event.name, description: event.description, record: emptyRecord }];
  }
  if (event.type === "done") return steps;
  const name = event.type === "stand-in" ? event.name : event.step;
  const at = steps.map((step) => step.name).lastIndexOf(name ?? "");
  return steps.map((step, index) => {
    if (index !== at) return step;
    if (event.type === "stand-in") return { ...step, standIn: event };
    return { ...step, record: withEvent(step.record, event) };
  });
};

export const IntegrationView = ({
  integration,
  onStatus,
  say,
}: {
  integration: Integration;
  onStatus(status: Status): void;
  say(message: string): void;
}) => {
  const { file, name, description, flows, samples } = integration;
  const [payloads, setPayloads] = useState<Record<string, string>>(
    Object.fromEntries(
      flows.map((flow) => [
        flow.name,
        JSON.stringify(samples.payloads?.[flow.name] ?? {}, null, 2),
      ]),
    ),
  );
  const [outputs, setOutputs] = useState(JSON.stringify(samples.outputs ?? {}, null, 2));
  const [steps, setSteps] = useState<Begun[]>([]);
  const [running, setRunning] = useState("");
  const [outcome, setOutcome] = useState("");

  const start = async (flow: string, payload: string) => {
    setSteps([]);
    setOutcome("");
    setRunning(flow);
    try {
      const request = { file, flow, payload: JSON.parse(payload), outputs: JSON.parse(outputs) };
      await runFlow(request, (event) => {
        if (event.type === "status") return onStatus(event.status);
        if (event.type === "done")
          setOutcome(event.failed ? "The flow failed." : "The flow has ended.");
        setSteps((before) => withFlowEvent(before, event));
      });
    } catch (error) {
      setOutcome(String(error));
    }
    setRunning("");
  };

  return (
    <>
      <section class="middle" aria-label="Integration">
        <h2>{name}</h2>
        <p class="about">
          {description}. From examples/{file}.
        </p>
        {flows.map((flow) => {
          const isWebhook = flow.steps[0]?.action.key === "webhook";
          return (
            <section class="flow" key={flow.name} aria-label={flow.name}>
              <h3>{flow.name}</h3>
              <p class="about">{flow.description}</p>
              {isWebhook && (
                <JsonEditor
                  id={`payload-${flow.name}`}
                  label={`Payload of ${flow.name}`}
                  value={payloads[flow.name] ?? ""}
                  onChange={(text) => setPayloads({ ...payloads, [flow.name]: text })}
                />
              )}
              <button
                type="button"
                class="primary"
                disabled={running !== ""}
                onClick={() => void start(flow.name, payloads[flow.name] ?? "null")}
              >
                Run {flow.name}
              </button>
            </section>
          );
        })}
        <details class="group">
          <summary>Outputs of steps that exist on the platform only</summary>
          <JsonEditor id="outputs" label="Outputs by step" value={outputs} onChange={setOutputs} />
        </details>
      </section>
      <section class="right" aria-label="Result" aria-busy={running !== ""}>
        <h2>Result</h2>
        {steps.map(({ name, description, record, standIn }, index) => (
          <details class="step" key={index} open={!standIn}>
            <summary>
              {name} <span class="about">{description}</span>
            </summary>
            {standIn ? (
              <pre>
                {JSON.stringify({ inputs: standIn.inputs, output: standIn.output }, null, 2).slice(
                  0,
                  5_000,
                )}
              </pre>
            ) : (
              <>
                <Result name={nameOf(name)} record={record} say={say} />
                <Approval
                  output={record.result?.data}
                  onDecide={(state, decisions) => {
                    const payload = JSON.stringify({ state, decisions });
                    const decide = flows.find(({ steps }) => resumes(steps));
                    if (decide) void start(decide.name, payload);
                  }}
                />
              </>
            )}
          </details>
        ))}
        <p role="status" class="outcome">
          {running ? `Running ${running}…` : outcome}
        </p>
      </section>
    </>
  );
};
