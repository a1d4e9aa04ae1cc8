/** A fixed reply to the last turn, which is a message or a tool result. The first match is used. */
export interface Reply {
  when: RegExp;
  text?: string;
  /** Tools to call, with their input. */
  toolCalls?: { name: string; input: unknown }[];
}

/** Replies to the messages of `npm start`, of the examples and of the tests. */
const replies: Reply[] = [
  {
    when: /haiku/,
    text: "Bent once, it still holds\nthe pages that we forgot:\nquiet silver line.",
  },
  { when: /one line/, text: "A bent silver line holds the forgotten pages." },
  { when: /picture/, text: "A speech bubble with a flow that branches." },
  { when: /invoice/, text: '{"number": "1042", "total": 118.5, "currency": "EUR"}' },
  {
    when: /attached files/,
    text: '{"record": {"number": "1042", "date": "2026-11-20", "total": 118.5}}',
  },
  {
    when: /charged twice/,
    text: '{"reason": "It is about a payment.", "branch": "Billing", "confidence": 0.97}',
  },
  {
    when: /button/,
    text: '{"reason": "Something does not work.", "branch": "Bug", "confidence": 0.95}',
  },
  {
    when: /rain/,
    text: '{"reason": "It is about the weather.", "branch": "Else", "confidence": 0.99}',
  },
  { when: /Rate this review/, text: '{"rating": 4, "topic": "delivery"}' },
  { when: /good or bad\?.*(bent|empty)/, text: "bad" },
  { when: /good or bad\?/, text: "good" },
  { when: /"refunded":true/, text: "Order A-1042 was lost on the way. $18.50 was refunded." },
  {
    when: /lost on the way/,
    toolCalls: [{ name: "Refund_Order", input: { order: "A-1042" } }],
  },
  {
    when: /never came/,
    toolCalls: [{ name: "Find_Order", input: { order: "A-1042" } }],
  },
  { when: /How warm/, toolCalls: [{ name: "get_temperature", input: { city: "Bonn" } }] },
  { when: /^21$/, text: "It is 21 °C in Bonn." },
  { when: /(?:)/, text: "This is the emulator's default reply." },
];

/** The reply to the last of the messages, which is a message or a tool result. */
export const replyTo = (messages: readonly { content?: unknown }[]): Reply => {
  const { content } = messages.at(-1) ?? {};
  const lastTurn = typeof content === "string" ? content : JSON.stringify(content ?? "");
  return replies.find(({ when }) => when.test(lastTurn)) ?? { when: /(?:)/ };
};

/** Estimates the number of tokens: one for every four characters. */
export const estimate = (value: unknown): number =>
  Math.ceil((typeof value === "string" ? value : JSON.stringify(value)).length / 4);
