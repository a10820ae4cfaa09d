/* The command that does in a POSIX shell what the page just did. */

/**
 * A word for a POSIX shell: as it is where that is safe, else in single quotes.
 *
 * @param {string} word
 */
export function shellQuote(word) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {object} request
 * @param {string} request.url absolute
 * @param {string} request.contentType of the photo
 * @param {string} request.fileName of the photo on the user's disk; of use where there is no `sampleUrl`
 * @param {string} [request.sampleUrl] absolute; a bundled sample is fetched in the same command
 * @param {object} [request.prompt] sent beside the photo, in a form
 * @param {string} request.output name of the file to write
 * @returns {string} lines of one command
 */
export function curlCommand({ url, contentType, fileName, sampleUrl, prompt, output }) {
  const post = [
    `curl -sS ${shellQuote(url)}`,
    ...(prompt ? form(prompt, sampleUrl ? '-' : fileName, sampleUrl) : [
      `-H ${shellQuote(`Content-Type: ${contentType}`)}`,
      `--data-binary ${sampleUrl ? '@-' : shellQuote(`@${fileName === '-' ? './-' : fileName}`)}`,
    ]),
    `-o ${shellQuote(output.startsWith('-') ? `./${output}` : output)}`,
  ].join(' \\\n  ');
  return sampleUrl ? `curl -sS ${shellQuote(sampleUrl)} |\n${post}` : post;
}

/** In a form's value, a name in double quotes may hold what else would part it. */
const form = (prompt, fileName, isPiped) => [
  `-F ${isPiped ? 'image=@-' : shellQuote(`image=@"${(fileName === '-' ? './-' : fileName).replace(/["\\]/g, '\\$&')}"`)}`,
  `-F ${shellQuote(`options=${JSON.stringify({ prompt })}`)}`,
];
