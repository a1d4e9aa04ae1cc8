import { json } from "@codemirror/lang-json";
import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef } from "preact/hooks";

/** An editor for JSON. Tab leaves it, as in any field of a form. */
export const JsonEditor = ({
  id,
  label,
  describedBy,
  value,
  onChange,
}: {
  id: string;
  label: string;
  describedBy?: string;
  value: string;
  onChange(value: string): void;
}) => {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const isFromOutside = useRef(false);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    const attributes = {
      id,
      "aria-label": label,
      ...(describedBy ? { "aria-describedby": describedBy } : {}),
    };
    view.current = new EditorView({
      doc: value,
      parent: place.current as HTMLDivElement,
      extensions: [
        basicSetup,
        json(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of(attributes),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged && !isFromOutside.current) latest.current(state.doc.toString());
        }),
      ],
    });
    return () => view.current?.destroy();
  }, [id]);
  useEffect(() => {
    const editor = view.current;
    // While a person types, a value that arrives here is an older one of the editor itself.
    if (!editor || editor.hasFocus || editor.state.doc.toString() === value) return;
    isFromOutside.current = true;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    isFromOutside.current = false;
  }, [value]);
  return <div class="editor" ref={place} />;
};
