/**
 * A problem that the person who starts the service or a command can solve: a wrong password, a port in use, another application's
 * database. Its message says what to do, and a stack would only hide that.
 */
export class SolvableError extends Error {}
