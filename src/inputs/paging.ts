import { input } from "@prismatic-io/spectral";
import { largestPage } from "../client/pages";
import { flag, optionalInteger, optionalText } from "./read";

/** The inputs that choose what of a list to read. */
export const paging = ({ one, many, example }: { one: string; many: string; example: string }) => ({
  fetchAll: fetchAll(many, "Limit, After ID and Before ID are ignored then."),
  beforeId: input({
    label: "Before ID",
    type: "string",
    required: false,
    comments: `Return the page that ends right before this ${one}: the first_id of an earlier page.`,
    placeholder: `Enter the id of a ${one}`,
    example,
    clean: optionalText("Before ID"),
  }),
  afterId: input({
    label: "After ID",
    type: "string",
    required: false,
    comments: `Return the page that begins right after this ${one}: the last_id of an earlier page.`,
    placeholder: `Enter the id of a ${one}`,
    example,
    clean: optionalText("After ID"),
  }),
  limit: limit(many),
});

export const fetchAll = (many: string, ignored: string) =>
  input({
    label: "Fetch All",
    type: "boolean",
    required: false,
    default: "false",
    comments: `Read every page and return all ${many} at once. ${ignored}`,
    clean: flag("Fetch All"),
  });

export const limit = (many: string) =>
  input({
    label: "Limit",
    type: "string",
    required: false,
    default: "20",
    comments: `How many ${many} a page holds, 1 to ${largestPage} (default: 20).`,
    placeholder: "Enter a whole number",
    example: "20",
    clean: optionalInteger("Limit", { min: 1, max: largestPage }),
  });
