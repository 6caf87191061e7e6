// How long a store may take. Every request to one waits here, so it is one promise and no race of several.

/**
 * What `answer` becomes, or an error when it has become nothing within `ms` milliseconds. What comes later is dropped, an error
 * too. @param store what has not answered then, for the error's text
 */
export function inTime<T>(answer: PromiseLike<T>, ms: number, store: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${store} did not answer in time`)), ms);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error as Error);
      },
    );
  });
}
