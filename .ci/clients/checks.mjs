// Checks: functions that are told in one line each. Every wait has a deadline.

import { isDeepStrictEqual } from 'node:util';
import { AssertionError } from 'node:assert';

const PATIENCE_MILLISECONDS = 20_000;

const checks = [];

/** Takes a function among the checks. */
export function check(sentence, run, milliseconds = 2 * PATIENCE_MILLISECONDS) {
  checks.push({ sentence, run, milliseconds });
}

/** Runs all checks in their order, and ends the process: with 1 if one failed. */
export async function runChecks() {
  let failed = 0;
  for (const { sentence, run, milliseconds } of checks) {
    try {
      await within(`the check "${sentence}"`, run(), milliseconds);
      console.log(`ok      ${sentence}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${sentence}\n`, error);
    }
  }
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** Waits for a promise, and fails if it takes too long. */
export async function within(what, promise, milliseconds = PATIENCE_MILLISECONDS) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/** Waits until `find` finds something. */
export async function eventually(what, find) {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (Date.now() < deadline) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what} did not happen within ${PATIENCE_MILLISECONDS} ms`);
}

/** Fails if the two differ. A member that is undefined is as good as an absent one. */
export function equal(actual, expected) {
  if (!isDeepStrictEqual(withoutUndefined(actual), withoutUndefined(expected))) {
    throw new AssertionError({ actual, expected, operator: 'deepStrictEqual' });
  }
}

function withoutUndefined(value) {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(withoutUndefined);
  const defined = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(defined.map(([name, member]) => [name, withoutUndefined(member)]));
}
