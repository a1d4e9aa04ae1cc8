/** What the emulator answers to what was said last, be it by a person or by a tool. First match wins. */
export interface Reply {
  when: RegExp;
  text?: string;
  /** Tools to ask for, with their input. */
  toolCalls?: { name: string; input: unknown }[];
}

/** What `npm start` asks, and what Claude might say to it. */
export const replies: Reply[] = [
  {
    when: /haiku/,
    text: "Bent once, it still holds\nthe pages that we forgot:\nquiet silver line.",
  },
  { when: /one line/, text: "A bent silver line holds the forgotten pages." },
  { when: /picture/, text: "A speech bubble with a flow that branches." },
  { when: /invoice/, text: '{"number": "1042", "total": 118.5, "currency": "EUR"}' },
  { when: /How warm/, toolCalls: [{ name: "get_temperature", input: { city: "Bonn" } }] },
  { when: /^21$/, text: "It is 21 °C in Bonn." },
  { when: /(?:)/, text: "This is the emulator speaking." },
];
