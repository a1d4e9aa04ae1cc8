// How figures of several rounds are compared.

const ascending = (values) => [...values].sort((a, b) => a - b);

/** The value below which a share of the values is. */
const quantile = (values, share) => {
  const sorted = ascending(values);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (at % 1) * ((sorted[Math.ceil(at)] ?? below) - below);
};

export const median = (values) => quantile(values, 0.5);

/**
 * The ratio of one client's figures to another's, from pairs of the same round: a machine that slows
 * down slows both.
 *
 * @returns The ratio of the minima, and the median and the quartiles of the ratios of the pairs.
 */
export const compare = (ours, theirs) => {
  const ratios = ours.map((value, round) => value / theirs[round]);
  return {
    minima: Math.min(...ours) / Math.min(...theirs),
    median: quantile(ratios, 0.5),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
  };
};

/** A goal is met or missed only if the ratio of the minima and the quartiles agree. */
export const verdict = ({ minima, low, high }, goal) => {
  if (Math.max(minima, high) <= goal) return "met";
  return Math.min(minima, low) > goal ? "missed" : "undecided";
};
