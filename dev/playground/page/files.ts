/** A file in a value, as the server reads it. */
export interface PageFile {
  $file: { name?: string; contentType: string; base64: string };
}

export const isFile = (value: unknown): value is PageFile =>
  typeof value === "object" && value !== null && "$file" in value;

/** Bytes of a file. */
export const sizeOf = ({ $file: { base64 } }: PageFile): number =>
  (base64.length * 3) / 4 - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);

export const readFile = (file: File): Promise<PageFile> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => {
      const [, base64 = ""] = String(reader.result).split(",");
      const contentType = file.type || "application/octet-stream";
      resolve({ $file: { name: file.name, contentType, base64 } });
    };
    reader.readAsDataURL(file);
  });

export const dataUrl = ({ $file: { contentType, base64 } }: PageFile): string =>
  `data:${contentType};base64,${base64}`;
