import fc from "fast-check";

/** Places to cut an answer at: a network does it anywhere. */
export const cutsOf = fc.array(fc.nat(2_000), { maxLength: 8 });

/** Bytes in pieces, some of them empty. */
export const piecesOf = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
};
