/** As the API takes it: a name without folders, of what storage tools take without escaping. */
const TAKEN = /^\w[\w .+()-]*\.bin$/i;
const LONGEST = 200;

/** Why a file cannot be uploaded under its name, and what to do; `undefined` where it can. */
export function nameRefused(name: string): string | undefined {
  if (!/\.bin$/i.test(name)) {
    return `“${name}” is no .bin file. Choose the image that the build wrote for updates over the air.`;
  }
  if (name.length > LONGEST) return `The name is longer than ${LONGEST} characters. Rename the file.`;
  if (!TAKEN.test(name)) {
    return `The name “${name}” has characters that cannot be kept. Rename the file: letters, digits, spaces and . + ( ) - _.`;
  }
  return undefined;
}
