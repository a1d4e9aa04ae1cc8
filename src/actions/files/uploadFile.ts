import { action, input, outputSchema } from "@prismatic-io/spectral";
import { limits, uploadFile as upload } from "../../claude/files/files";
import { uploadedFileExample, uploadedFileSchema } from "../../claude/files/schema";
import { connection } from "../../inputs/connection";
import { namedFile, readFile, validName } from "../../inputs/files";
import { optionalNumber, requiredText } from "../../inputs/read";
import { requestOptions, stepClient } from "../../inputs/requestOptions";

const file = input({
  label: "File",
  type: "data",
  required: true,
  comments:
    "The file to upload, up to 500 MB: binary from an earlier step, or text. Base64 is decoded, except under the name of a text file such as .csv.",
  placeholder: "Reference a file of an earlier step",
  example: "the file of an earlier step",
  clean: readFile("File"),
});

const fileName = input({
  label: "File Name",
  type: "string",
  required: true,
  comments: "The name of the file, with its ending.",
  placeholder: "Enter a file name",
  example: "contract.pdf",
  clean: requiredText("File Name", "Enter a name such as contract.pdf."),
});

const { hours } = limits;

const expiresIn = input({
  label: "Expires In (hours)",
  type: "string",
  required: false,
  comments: `Hours until Claude's API deletes the file by itself, ${hours.min} to ${hours.max} (90 days). Empty: it is kept until Delete File.`,
  placeholder: "Enter a number of hours",
  example: "24",
  clean: optionalNumber("Expires In (hours)", hours),
});

/** @see https://platform.claude.com/docs/en/api/files/upload */
export const uploadFile = action({
  display: {
    label: "Upload File",
    description: "Upload a file once, to use it in many messages by its id",
  },
  inputs: { connection, file, fileName, expiresIn, requestOptions },
  performSafety: "notAllowed",
  perform: async (context, { file, fileName, expiresIn, ...params }) => {
    const name = validName(fileName);
    const { data, requestId, attempts } = await upload(stepClient(context, params), {
      ...namedFile("File", name, file),
      name,
      expiresInHours: expiresIn,
    });
    const warnings =
      name === fileName
        ? []
        : [
            `File Name was sent as ${JSON.stringify(name)}: the API takes ${limits.name} characters, none of them ${limits.notInNames}.`,
          ];
    if (attempts > 1) {
      warnings.push(
        `The file was sent ${attempts} times: List Files shows whether it is stored more than once.`,
      );
    }
    return { data: { ...data, warnings, requestId } };
  },
  examplePerform: async () => ({ data: uploadedFileExample }),
  examplePayload: { data: uploadedFileExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: uploadedFileSchema }),
});
