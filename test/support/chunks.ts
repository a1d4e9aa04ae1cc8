import fc from "fast-check";

/** Random positions at which the network may split a response. */
export const splitPoints = fc.array(fc.nat(2_000), { maxLength: 8 });

/** The bytes in chunks, split at these positions. Some chunks may be empty. */
export const chunksOf = (bytes: Buffer, points: readonly number[]): Buffer[] => {
  const sorted = points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...sorted].map((start, index) => bytes.subarray(start, sorted[index] ?? bytes.length));
};
