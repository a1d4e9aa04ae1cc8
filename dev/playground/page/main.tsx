import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  connect,
  controlEmulator,
  example,
  load,
  type PageData,
  run,
  type Status,
  type StepDescription,
} from "./api";
import { asCode, asYaml, changed } from "./copy";
import { IntegrationView } from "./flows";
import { defaultsOf, Fields, FlowNames, type InputProblem, type Values } from "./form";
import { JsonEditor } from "./json";
import { emptyRecord, type RunRecord, withEvent } from "./record";
import { nameOf, resolved } from "./references";
import { Approval, copyText, Result } from "./result";

const hour = 3_600_000;

const emptyWebhook = JSON.stringify({ headers: {}, body: "" }, null, 2);

const icons = { connection: "⚷", action: "▸", trigger: "⚡", dataSource: "☰" };

const StepView = ({
  step,
  given,
  results,
  onStatus,
  onResume,
  say,
}: {
  step: StepDescription;
  given?: Values;
  /** The outputs of earlier steps, by name. The output of this step is added. */
  results: Record<string, unknown>;
  onStatus(status: Status): void;
  onResume(state: string, decisions: unknown): void;
  say(message: string): void;
}) => {
  const start = { ...defaultsOf(step.inputs), ...given };
  const [values, setValues] = useState<Values>(start);
  const [record, setRecord] = useState<RunRecord>(emptyRecord);
  const [webhook, setWebhook] = useState(emptyWebhook);
  const { kind } = step;
  const name = nameOf(step.label);
  const fail = (error: Error) =>
    setRecord((before) => ({ ...before, error: { name: error.name, message: error.message } }));
  const perform = async () => {
    if (kind === "connection") return;
    setRecord({ ...emptyRecord, isRunning: true });
    try {
      const inputs = resolved({ ...defaultsOf(step.inputs), ...values }, results) as Values;
      const payload = step.isWebhook ? JSON.parse(webhook) : undefined;
      await run({ kind, key: step.key, inputs, payload }, (event) => {
        if (event.type === "status") return onStatus(event.status);
        if (event.type === "result") results[name] = event.data;
        setRecord((before) => withEvent(before, event));
      });
    } catch (error) {
      fail(error as Error);
    }
    setRecord((before) => ({ ...before, isRunning: false }));
  };
  const fillIn = async () => {
    try {
      const { inputs, payload } = await example(step.key);
      setValues({ ...defaultsOf(step.inputs), ...inputs });
      if (payload) setWebhook(JSON.stringify(payload, null, 2));
    } catch (error) {
      fail(error as Error);
    }
  };
  const { error } = record;
  const label = error?.input ?? firstLabel(step, error?.message);
  const problem: InputProblem | undefined =
    error && label ? { label, message: error.message } : undefined;
  useEffect(() => {
    // The result is below the form where they are not side by side.
    const isBelow = matchMedia("(max-width: 1149px)").matches;
    if (record.result && isBelow) document.querySelector(".right")?.scrollIntoView();
  }, [record.result]);
  useEffect(() => {
    if (!problem) return;
    const field = document.querySelector(".field.invalid");
    for (let group = field?.closest("details"); group; ) {
      group.open = true;
      group = group.parentElement?.closest("details");
    }
    const widget = "input, textarea, select, button, .cm-content";
    field?.querySelector<HTMLElement>(widget)?.focus();
  }, [problem?.message]);
  return (
    <>
      <section class="middle" aria-label="Step">
        <h2>{step.label}</h2>
        <p class="about">{step.description}.</p>
        {kind !== "connection" && (
          <div class="buttons">
            <button
              type="button"
              class="primary"
              disabled={record.isRunning}
              onClick={() => void perform()}
            >
              Run
            </button>
            <button type="button" onClick={() => void fillIn()}>
              Fill in the example
            </button>
            <button type="button" onClick={() => setValues(defaultsOf(step.inputs))}>
              Clear
            </button>
          </div>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void perform();
          }}
        >
          <Fields
            inputs={step.inputs}
            values={values}
            onChange={setValues}
            idPrefix={step.key}
            problem={problem}
          />
        </form>
        {step.isWebhook && (
          <div class="field">
            <label for={`${step.key}-webhook`}>Webhook that arrives</label>
            <JsonEditor
              id={`${step.key}-webhook`}
              label="Webhook that arrives"
              value={webhook}
              onChange={setWebhook}
            />
          </div>
        )}
        {step.branches.length > 0 && <p class="about">Branches: {step.branches.join(", ")}</p>}
        {kind === "action" && (
          <div class="buttons">
            <button type="button" onClick={() => void copyText(asYaml(step, values), say)}>
              Copy as YAML step
            </button>
            <button type="button" onClick={() => void copyText(asCode(step, values), say)}>
              Copy as code-native
            </button>
            <button
              type="button"
              onClick={() =>
                void copyText(JSON.stringify(changed(step.inputs, values), null, 2), say)
              }
            >
              Copy inputs
            </button>
          </div>
        )}
      </section>
      <section class="right" aria-label="Result" aria-busy={record.isRunning}>
        <h2>Result</h2>
        {record === emptyRecord && step.example !== undefined && (
          <p class="about">Run the step to see its output here.</p>
        )}
        <Approval output={record.result?.data} onDecide={onResume} />
        <Result name={name} record={record} say={say} />
      </section>
    </>
  );
};

/** The label that an error starts with. */
const firstLabel = ({ inputs }: StepDescription, message = ""): string | undefined =>
  inputs
    .flatMap((input) => [input, ...(input.inputs ?? [])])
    .map(({ label }) => label)
    .filter((label) => message.startsWith(`${label} `))
    .sort((a, b) => b.length - a.length)[0];

const Target = ({
  status,
  outcomes,
  onStatus,
}: {
  status: Status;
  outcomes: PageData["outcomes"];
  onStatus(status: Status): void;
}) => {
  const [outcome, setOutcome] = useState("");
  // It applies to one reply.
  useEffect(() => setOutcome(""), [status]);
  const [key, setKey] = useState("");
  const [cap, setCap] = useState("1");
  const apply = async (apiKey?: string) => {
    setKey("");
    onStatus(await connect({ apiKey, cap: Number(cap) || 1 }));
  };
  return (
    <details class="target">
      <summary>
        {status.host ? (
          <b class="real">
            Real API, ${status.cost.toFixed(4)} of ${status.cap}
          </b>
        ) : (
          "Emulator: no account, no cost"
        )}
      </summary>
      <div class="panel">
        <label>
          API key, kept in memory only
          <input
            type="password"
            autocomplete="off"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <label>
          Cap in dollars
          <input
            value={cap}
            inputMode="decimal"
            onInput={(event) => setCap(event.currentTarget.value)}
          />
        </label>
        <button type="button" disabled={!key} onClick={() => void apply(key)}>
          Use the real API
        </button>
        {status.host ? (
          <button type="button" onClick={() => void apply()}>
            Use the emulator
          </button>
        ) : (
          <>
            <label>
              Next reply
              <select
                value={outcome}
                onChange={({ currentTarget: { value } }) => {
                  setOutcome(value);
                  if (value) void controlEmulator({ outcome: value });
                }}
              >
                <option value="">As asked</option>
                {Object.entries(outcomes).map(([name, { effect }]) => (
                  <option key={name} value={name}>
                    {effect}
                  </option>
                ))}
              </select>
            </label>
            <button type="button" onClick={() => void controlEmulator({ advance: hour })}>
              Advance the clock by an hour
            </button>
          </>
        )}
      </div>
    </details>
  );
};

/** What is shown in the middle: a step, or an integration, by its place in the address. */
interface Choice {
  kind: string;
  key: string;
  /** Changes whenever something is chosen, so that a recipe can be loaded again. */
  count: number;
  given?: Values;
}

const choiceOf = (hash: string): Omit<Choice, "count"> => {
  const [kind = "action", key = "chat"] = decodeURIComponent(hash.slice(1) || "action/chat").split(
    "/",
  );
  return { kind, key };
};

const App = ({ data }: { data: PageData }) => {
  const { component, recipes, integrations, flowNames } = data;
  const [results] = useState<Record<string, unknown>>({});
  const [status, setStatus] = useState(data.status);
  const [choice, setChoice] = useState<Choice>({ ...choiceOf(location.hash), count: 0 });
  const [search, setSearch] = useState("");
  const [message, say] = useState("");
  useEffect(() => {
    const follow = () =>
      setChoice((before) => {
        const next = choiceOf(location.hash);
        const isSame = next.kind === before.kind && next.key === before.key;
        return isSame ? before : { ...next, count: before.count + 1 };
      });
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const choose = (kind: string, key: string, given?: Values) => {
    setChoice({ kind, key, given, count: choice.count + 1 });
    location.hash = `${kind}/${key}`;
  };
  const groups: [title: string, steps: StepDescription[]][] = [
    ["Actions", component.actions],
    ["Triggers", component.triggers],
    ["Data sources", component.dataSources],
    ["Connections", component.connections],
  ];
  const matches = (...texts: string[]) =>
    texts.join(" ").toLowerCase().includes(search.trim().toLowerCase());
  const step = groups
    .flatMap(([, steps]) => steps)
    .find(({ kind, key }) => kind === choice.kind && key === choice.key);
  const integration = integrations.find(
    ({ file }) => choice.kind === "flow" && file === choice.key,
  );
  const item = (
    kind: string,
    key: string,
    label: string,
    about: string,
    icon: string,
    given?: Values,
  ) => (
    <li key={`${kind}/${key}/${label}`}>
      <button
        type="button"
        title={about}
        aria-current={!given && choice.kind === kind && choice.key === key ? "page" : undefined}
        onClick={() => choose(kind, key, given)}
      >
        <span aria-hidden="true">{icon}</span> {label}
      </button>
    </li>
  );
  return (
    <FlowNames.Provider value={flowNames}>
      <header>
        <h1>
          <img src="/icon.png" alt="" width="28" height="28" /> {component.label}
        </h1>
        <p class="about">{component.description}.</p>
        <Target status={status} outcomes={data.outcomes} onStatus={setStatus} />
      </header>
      <nav class="left" aria-label="Component">
        <input
          type="search"
          aria-label="Search"
          placeholder="Search"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <details open>
          <summary>Recipes</summary>
          <ul>
            {recipes
              .filter(({ title, step }) => matches(title, step))
              .map(({ title, step, inputs }) => item("action", step, title, step, "✎", inputs))}
          </ul>
        </details>
        <details open>
          <summary>Integrations</summary>
          <ul>
            {integrations
              .filter(({ name, description }) => matches(name, description))
              .map(({ file, name, description }) => item("flow", file, name, description, "⇄"))}
          </ul>
        </details>
        {groups.map(([title, steps]) => (
          <details open key={title}>
            <summary>{title}</summary>
            <ul>
              {steps
                .filter(({ label, description, key }) => matches(label, description, key))
                .map(({ kind, key, label, description }) =>
                  item(kind, key, label, description, icons[kind]),
                )}
            </ul>
          </details>
        ))}
      </nav>
      <main>
        {integration && (
          <IntegrationView
            key={`${integration.file}/${choice.count}`}
            integration={integration}
            onStatus={setStatus}
            say={say}
          />
        )}
        {step && (
          <StepView
            key={`${step.kind}/${step.key}/${choice.count}`}
            step={step}
            given={choice.given}
            results={results}
            onStatus={setStatus}
            onResume={(state, decisions) =>
              choose("action", "resumeAgent", {
                state,
                decisions: JSON.stringify(decisions, null, 2),
              })
            }
            say={say}
          />
        )}
      </main>
      <p class="toast" role="status">
        {message}
      </p>
    </FlowNames.Provider>
  );
};

const place = document.querySelector("#app") as HTMLElement;
load().then(
  (data) => render(<App data={data} />, place),
  (error: Error) => {
    place.textContent = error.message;
  },
);
