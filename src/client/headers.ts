/** Headers of a connection, of a step and of one request merged: the later ones win, betas are joined. */
export const mergeHeaders = (
  ...all: readonly (Record<string, string> | undefined)[]
): Record<string, string> => {
  const betas = all.map((headers) => headers?.[betaHeaderName]).filter(Boolean);
  return {
    ...Object.assign({}, ...all),
    ...(betas.length > 0 ? { [betaHeaderName]: betas.join(",") } : {}),
  };
};

const betaHeaderName = "anthropic-beta";

/** The header that turns beta features on. */
export const betaHeader = (betas: readonly string[]): Record<string, string> =>
  betas.length > 0 ? { [betaHeaderName]: [...new Set(betas)].join(",") } : {};
