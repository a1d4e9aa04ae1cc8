import { action, outputSchema } from "@prismatic-io/spectral";
import { fileLimits, uploadFile as upload } from "../../claude/files/files";
import { uploadedFileExample, uploadedFileSchema } from "../../claude/files/schema";
import { connection } from "../../parameters/connection";
import { custom, number } from "../../parameters/define";
import { namedFile, readFile, validName } from "../../parameters/file";
import { requiredText } from "../../parameters/read";
import { stepClient } from "../../steps/client";
import { labelsOf } from "../../wording/labels";

const { hours, nameLength } = fileLimits;

const inputs = {
  connection,
  file: custom("File", "data", readFile, {
    required: true,
    comments:
      "The file to upload, at most 500 MB: binary from an earlier step, or text. Base64 is decoded, unless File Name is the name of a text file such as .csv.",
    placeholder: "Reference a file of an earlier step",
    example: "the file of an earlier step",
  }),
  fileName: custom("File Name", "string", requiredText("Enter a name such as contract.pdf."), {
    required: true,
    comments: "The name of the file, with its extension.",
    placeholder: "Enter a file name",
    example: "contract.pdf",
  }),
  expiresIn: number("Expires In (hours)", {
    ...hours,
    comments: `Hours until Claude's API deletes the file, ${hours.min} to ${hours.max} (90 days). Leave empty to keep it until Delete File.`,
    placeholder: "Enter a number of hours",
    example: "24",
  }),
};
const labels = labelsOf(inputs);

/** @see https://platform.claude.com/docs/en/api/files/upload */
export const uploadFile = action({
  display: {
    label: "Upload File",
    description: "Upload a file once, to use it in many messages by its ID",
  },
  inputs,
  performSafety: "notAllowed",
  perform: async (context, { file, fileName, expiresIn, ...params }) => {
    const name = validName(fileName);
    const { data, requestId, attempts } = await upload(stepClient(context, params, labels), {
      ...namedFile(inputs.file.label, name, file),
      name,
      expiresInHours: expiresIn,
    });
    const warnings: string[] = [];
    if (name !== fileName) {
      warnings.push(
        `${inputs.fileName.label} was sent as ${JSON.stringify(name)}: the API accepts at most ${nameLength} characters, without < > : " | ? * \\ / or line breaks.`,
      );
    }
    if (attempts > 1) {
      warnings.push(
        `The file was sent ${attempts} times. Check in List Files whether it is stored more than once.`,
      );
    }
    return { data: { ...data, warnings, requestId } };
  },
  examplePerform: async () => ({ data: uploadedFileExample }),
  examplePayload: { data: uploadedFileExample },
  outputSchema: outputSchema({ type: "actionOutput", schema: uploadedFileSchema }),
});
