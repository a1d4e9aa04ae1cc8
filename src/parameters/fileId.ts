import { custom } from "./define";
import { pathId } from "./id";

const example = "file_011CNha8iCJcU1wXNR6q4V8w";

export const fileId = custom("File ID", "string", pathId("a file", example), {
  required: true,
  dataSource: "selectFile",
  comments: "The ID of the file, as Upload File returns it.",
  placeholder: "Reference the ID of a file",
  example,
});
