import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { curlCommand, shellQuote } from '../../main/resources/page/curl.js';

const NASTY = ["it's", 'a b', '$HOME', '`id`', '"x"', '\\', 'a\nb', '!', '*', '~', 'ü', '', "''", '-', '#x', 'a;b', '(x)'];

/** The words that a real shell makes of a command, with `curl` standing for something that prints them. */
function wordsOf(command) {
  const script = `curl() { cat >/dev/null; printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync('sh', ['-c', script], { input: '' }).toString().split('\0').slice(0, -1);
}

test('shellQuote_anyWord_isOneWordForTheShell', () => {
  for (const word of NASTY) {
    assert.equal(execFileSync('sh', ['-c', `printf %s ${shellQuote(word)}`]).toString(), word);
  }
});

test('shellQuote_plainWord_staysReadable', () => {
  assert.equal(shellQuote('http://127.0.0.1:8080/v1'), 'http://127.0.0.1:8080/v1');
});

test('curlCommand_ownPhoto_sendsTheFileByName', () => {
  for (const fileName of NASTY.filter((name) => name !== '' && name !== '-')) {
    const command = curlCommand({
      url: "http://h/v1?a=1&b='2'",
      contentType: 'image/jpeg',
      fileName,
      output: `${fileName}.json`,
    });
    assert.deepEqual(wordsOf(command), [
      '-sS', "http://h/v1?a=1&b='2'", '-H', 'Content-Type: image/jpeg', '--data-binary', `@${fileName}`, '-o', `${fileName}.json`,
    ]);
  }
});

test('curlCommand_namesThatCurlWouldTakeOtherwise_areMadePaths', () => {
  const words = wordsOf(curlCommand({ url: 'http://h/', contentType: 'image/png', fileName: '-', output: '-.json' }));
  assert.deepEqual(words.slice(4), ['--data-binary', '@./-', '-o', './-.json']);
});

test('curlCommand_sample_isFetchedInTheSameCommand', () => {
  const command = curlCommand({
    url: 'http://h/v1',
    contentType: 'image/jpeg',
    fileName: 'dog.jpg',
    sampleUrl: 'http://h/samples/dog.jpg',
    output: 'dog.json',
  });
  assert.match(command, /^curl -sS http:\/\/h\/samples\/dog\.jpg \|\ncurl /);
  assert.deepEqual(wordsOf(command).slice(-4), ['--data-binary', '@-', '-o', 'dog.json']);
});

test('curlCommand_prompt_isSentInAForm', () => {
  const prompt = { points: [{ x: 1.5, y: 2, label: 'foreground' }] };
  const options = `options=${JSON.stringify({ prompt })}`;
  const asked = { url: 'http://h/v1', contentType: 'image/png', prompt, output: 'a.json' };
  assert.deepEqual(wordsOf(curlCommand({ ...asked, fileName: 'it\'s "a", b;c.png' })),
    ['-sS', 'http://h/v1', '-F', 'image=@"it\'s \\"a\\", b;c.png"', '-F', options, '-o', 'a.json']);
  assert.deepEqual(wordsOf(curlCommand({ ...asked, fileName: 'a.png', sampleUrl: 'http://h/a.png' })).slice(2, 6),
    ['-F', 'image=@-', '-F', options]);
});
