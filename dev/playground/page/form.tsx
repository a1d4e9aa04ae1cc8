/* The form of a step, as the designer shows it: one widget per kind of input. */
import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import type { InputDescription } from "../../description";
import { run } from "./api";
import { isFile, readFile, sizeOf } from "./files";
import { JsonEditor } from "./json";

export type Values = Record<string, unknown>;

/** The flows that a flow picker offers. */
export const FlowNames = createContext<readonly string[]>([]);

/** The part of an error that belongs to an input. */
export interface InputProblem {
  /** The label of the input. */
  label: string;
  message: string;
}

interface WidgetProps {
  input: InputDescription;
  id: string;
  describedBy: string;
  isInvalid: boolean;
  value: unknown;
  onChange(value: unknown): void;
}

const asText = (value: unknown): string =>
  value === undefined || value === null
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value, null, 2)
      : String(value);

const File = ({ id, value, onChange }: Pick<WidgetProps, "id" | "value" | "onChange">) => {
  const [isOver, setOver] = useState(false);
  const take = async (files: FileList | null | undefined) => {
    const [file] = files ?? [];
    if (file) onChange(await readFile(file));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be dropped on in all browsers
    <div
      role="group"
      aria-label="File"
      class={isOver ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files);
      }}
    >
      {isFile(value) ? (
        <span class="file">
          {value.$file.name ?? "file"}, {value.$file.contentType}, {sizeOf(value)} bytes
          <button type="button" onClick={() => onChange("")}>
            Remove file
          </button>
        </span>
      ) : (
        <>
          <input
            id={`${id}-file`}
            type="file"
            aria-label="Choose a file"
            onChange={(event) => void take(event.currentTarget.files)}
          />
          <span>or drop a file here</span>
        </>
      )}
    </div>
  );
};

/** A field of one line. A secret is not shown. */
const Line = ({
  isSecret,
  value,
  onChange,
  ...rest
}: {
  isSecret: boolean;
  value: unknown;
  onChange(value: string): void;
  id?: string;
  placeholder?: string;
  "aria-label"?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) => {
  const props = {
    ...rest,
    autocomplete: "off",
    value: asText(value),
    onInput: (event: { currentTarget: HTMLInputElement }) => onChange(event.currentTarget.value),
  };
  return isSecret ? <input type="password" {...props} /> : <input type="text" {...props} />;
};

/** A pick list that a data source of the component fills. Any other value can be entered too. */
const FromDataSource = ({ input, id, describedBy, isInvalid, value, onChange }: WidgetProps) => {
  const [choices, setChoices] = useState<{ key: string; label: string }[]>([]);
  const [problem, setProblem] = useState("");
  const fill = () =>
    run({ kind: "dataSource", key: input.dataSource ?? "", inputs: {} }, (event) => {
      if (event.type === "error") setProblem(event.message);
      if (event.type !== "result") return;
      setProblem("");
      const found = event.data as (string | { key: string; label: string })[];
      setChoices(found.map((one) => (typeof one === "string" ? { key: one, label: one } : one)));
    });
  return (
    <>
      <div class="row">
        <input
          id={id}
          list={`${id}-choices`}
          value={asText(value)}
          placeholder={input.placeholder}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onFocus={() => choices.length === 0 && void fill()}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <button type="button" onClick={() => void fill()} aria-label={`Reload ${input.label}`}>
          ↻
        </button>
      </div>
      <datalist id={`${id}-choices`}>
        {choices.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </datalist>
      {problem && <p class="problem">{problem}</p>}
    </>
  );
};

const Single = (props: WidgetProps) => {
  const { input, id, describedBy, isInvalid, value, onChange } = props;
  const common = { id, "aria-describedby": describedBy, "aria-invalid": isInvalid };
  const flows = useContext(FlowNames).map((name) => ({ label: name, value: name }));
  if (input.dataSource) return <FromDataSource {...props} />;
  const choices = input.type === "flow" ? flows : input.choices;
  if (choices) {
    return (
      <select
        {...common}
        value={asText(value)}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {!choices.some((choice) => choice.value === "") && <option value="" />}
        {choices.map(({ label, value: choice }) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  switch (input.type) {
    case "boolean":
      return (
        <input
          {...common}
          type="checkbox"
          checked={asText(value) === "true"}
          onChange={(event) => onChange(String(event.currentTarget.checked))}
        />
      );
    case "code":
      return (
        <JsonEditor
          id={id}
          label={input.label}
          describedBy={describedBy}
          value={asText(value)}
          onChange={onChange}
        />
      );
    case "text":
      return (
        <textarea
          {...common}
          rows={3}
          placeholder={input.placeholder}
          value={asText(value)}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "data":
      return (
        <>
          {!isFile(value) && (
            <textarea
              {...common}
              rows={3}
              placeholder={input.placeholder}
              value={asText(value)}
              onInput={(event) => onChange(event.currentTarget.value)}
            />
          )}
          <File id={id} value={value} onChange={onChange} />
        </>
      );
    default:
      return (
        <Line
          {...common}
          isSecret={input.type === "password"}
          placeholder={input.placeholder}
          value={value}
          onChange={onChange}
        />
      );
  }
};

/** A list of values, of keys and values, or of rows with fields. */
const List = (props: WidgetProps) => {
  const { input, id, value, onChange } = props;
  const rows = Array.isArray(value) ? value : [];
  const set = (index: number, row: unknown) =>
    onChange(rows.map((old, at) => (at === index ? row : old)));
  const empty = input.inputs
    ? defaultsOf(input.inputs)
    : input.collection === "keyvaluelist"
      ? { key: "", value: "" }
      : "";
  return (
    <div class="list">
      {rows.map((row, index) => (
        <div class="item" key={index}>
          {input.inputs ? (
            <Fields
              inputs={input.inputs}
              values={row}
              onChange={(next) => set(index, next)}
              idPrefix={`${id}-${index}`}
            />
          ) : input.collection === "keyvaluelist" ? (
            <div class="pair">
              <input
                aria-label={`${input.label}, key ${index + 1}`}
                placeholder="Key"
                value={asText(row.key)}
                onInput={(event) => set(index, { ...row, key: event.currentTarget.value })}
              />
              {!isFile(row.value) && (
                <Line
                  isSecret={input.type === "password"}
                  aria-label={`${input.label}, value ${index + 1}`}
                  placeholder="Value"
                  value={row.value}
                  onChange={(text) => set(index, { ...row, value: text })}
                />
              )}
              {input.key === "attachments" && (
                <File
                  id={`${id}-${index}`}
                  value={row.value}
                  onChange={(file) =>
                    set(index, {
                      key: row.key || (isFile(file) ? file.$file.name : ""),
                      value: file,
                    })
                  }
                />
              )}
            </div>
          ) : (
            <Line
              isSecret={input.type === "password"}
              aria-label={`${input.label}, value ${index + 1}`}
              value={row}
              onChange={(text) => set(index, text)}
            />
          )}
          <button
            type="button"
            aria-label={`Remove ${input.label} ${index + 1}`}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            ×
          </button>
        </div>
      ))}
      <button type="button" id={id} onClick={() => onChange([...rows, empty])}>
        Add to {input.label}
      </button>
    </div>
  );
};

/** The values that the designer fills in. */
export const defaultsOf = (inputs: readonly InputDescription[]): Values =>
  Object.fromEntries(
    inputs
      .filter(({ type }) => type !== "connection")
      .map((input) => [
        input.key,
        input.collection ? [] : input.inputs ? defaultsOf(input.inputs) : input.default,
      ]),
  );

const Label = ({ input }: { input: InputDescription }) => (
  <>
    {input.label}
    {input.isRequired && (
      <span class="required" title="Required">
        {" "}
        *<span class="hidden"> required</span>
      </span>
    )}
  </>
);

const Field = ({
  input,
  value,
  onChange,
  idPrefix,
  problem,
}: {
  input: InputDescription;
  value: unknown;
  onChange(value: unknown): void;
  idPrefix: string;
  problem?: InputProblem;
}) => {
  const id = `${idPrefix}-${input.key}`;
  const isInvalid = problem !== undefined && isAbout(problem, input.label);
  const props = { input, id, describedBy: `${id}-about`, isInvalid, value, onChange };
  return (
    <div class={isInvalid ? "field invalid" : "field"} data-key={input.key}>
      {input.collection ? (
        <fieldset>
          <legend>
            <Label input={input} />
          </legend>
          <List {...props} />
        </fieldset>
      ) : (
        <>
          <label for={id}>
            <Label input={input} />
          </label>
          <Single {...props} />
        </>
      )}
      <p class="about" id={`${id}-about`}>
        {isInvalid && <strong class="problem">{problem?.message} </strong>}
        {input.comments}
      </p>
    </div>
  );
};

/** Whether an error is about an input: it names its label first. */
const isAbout = ({ label }: InputProblem, own: string): boolean =>
  label === own || label.startsWith(`${own} `) || label.startsWith(`${own},`);

/** Inputs with their values: groups are closed, as in the designer. */
export const Fields = ({
  inputs,
  values,
  onChange,
  idPrefix,
  problem,
}: {
  inputs: readonly InputDescription[];
  values: Values;
  onChange(values: Values): void;
  idPrefix: string;
  problem?: InputProblem;
}) => (
  <>
    {inputs
      .filter(({ type }) => type !== "connection")
      .map((input) => {
        const set = (value: unknown) => onChange({ ...values, [input.key]: value });
        if (!input.inputs || input.collection) {
          return (
            <Field
              key={input.key}
              input={input}
              value={values[input.key]}
              onChange={set}
              idPrefix={idPrefix}
              problem={problem}
            />
          );
        }
        const group = (values[input.key] ?? {}) as Values;
        return (
          <Group
            key={input.key}
            input={input}
            values={group}
            onChange={set}
            idPrefix={`${idPrefix}-${input.key}`}
            problem={problem}
          />
        );
      })}
  </>
);

const Group = ({
  input,
  values,
  onChange,
  idPrefix,
  problem,
}: {
  input: InputDescription;
  values: Values;
  onChange(values: Values): void;
  idPrefix: string;
  problem?: InputProblem;
}) => {
  const children = input.inputs ?? [];
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class="group"
      data-key={input.key}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{input.label}</summary>
      <p class="about">{input.comments}</p>
      <Fields
        inputs={children}
        values={values}
        onChange={onChange}
        idPrefix={idPrefix}
        problem={problem}
      />
    </details>
  );
};
