/** Reports an error of the page's own function as an uncaught one, as that of any listener. It stops nothing else. */
export function call(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
