import { maxPageSize } from "../client/pages";
import { flag, integer, line } from "./define";

/** The inputs that choose which items of a list to return. */
export const paging = (singular: string, plural: string, example: string) => ({
  fetchAll: fetchAll(plural, "Limit, After ID and Before ID are then ignored."),
  beforeId: line("Before ID", {
    comments: `Return the page that ends immediately before this ${singular}: the first_id of an earlier page.`,
    placeholder: `Enter the ID of a ${singular}`,
    example,
  }),
  afterId: line("After ID", {
    comments: `Return the page that starts immediately after this ${singular}: the last_id of an earlier page.`,
    placeholder: `Enter the ID of a ${singular}`,
    example,
  }),
  limit: limit(plural),
});

export const fetchAll = (plural: string, ignored: string) =>
  flag("Fetch All", {
    comments: `Read every page and return all ${plural} as one list. ${ignored}`,
  });

/** If it is empty, nothing is sent: the default is the API's own. */
export const limit = (plural: string) => ({
  ...integer("Limit", {
    min: 1,
    max: maxPageSize,
    comments: `Number of ${plural} per page, 1 to ${maxPageSize} (default: 20).`,
    example: "20",
  }),
  default: "20",
});
