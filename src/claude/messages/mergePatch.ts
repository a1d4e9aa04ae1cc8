import { isRecord } from "../../client/values";

/**
 * Merges a patch into a value as RFC 7396 (JSON Merge Patch) specifies: objects member by member,
 * null removes, any other value replaces. By hand: the libraries for it change their input or are
 * not maintained.
 */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const merged = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
};
