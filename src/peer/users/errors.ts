import { CodedError } from "#lib";

/** A users.json that cannot be used. */
export class InvalidUsersError extends CodedError {
  override readonly code = "INVALID_USERS";
  override readonly kind = "operator";
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

/** Somebody else is changing users.json, and does not come to an end. */
export class UsersBusyError extends CodedError {
  override readonly code = "USERS_BUSY";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(path: string) {
    super(`cannot change the users: another process holds ${path}`);
  }
}

/** A name that no user has. */
export class UnknownUserError extends CodedError {
  override readonly code = "UNKNOWN_USER";
  override readonly kind = "caller";

  constructor(name: string) {
    super(`there is no user "${name}" in users.json`);
  }
}

/** A token that does not exist any more. */
export class UnknownTokenError extends CodedError {
  override readonly code = "UNKNOWN_TOKEN";
  override readonly kind = "caller";

  constructor(id: string) {
    super(`there is no token ${id}`);
  }
}

/** A new user whose name is taken. */
export class UserExistsError extends CodedError {
  override readonly code = "USER_EXISTS";
  override readonly kind = "caller";

  constructor(name: string) {
    super(`the user "${name}" exists already`);
  }
}

/** More users or tokens than users.json may hold. */
export class TooManyUsersError extends CodedError {
  override readonly code = "TOO_MANY_USERS";
  override readonly kind = "caller";

  constructor(what: "users" | "tokens", max: number) {
    super(`there are ${max} ${what} already, which is the limit: remove some`);
  }
}

/** A name that Basic credentials cannot carry. */
export class BadUserNameError extends CodedError {
  override readonly code = "BAD_USER_NAME";
  override readonly kind = "caller";

  constructor(name: string) {
    super(`bad user name ${JSON.stringify(name)}: 1 to 64 characters, no colon`);
  }
}

/** A password that is too short, or absurdly long. */
export class BadPasswordError extends CodedError {
  override readonly code = "BAD_PASSWORD";
  override readonly kind = "caller";

  constructor(min: number) {
    super(`bad password: it needs at least ${min} characters`);
  }
}

/** More passwords wait to be checked than may. */
export class LoginsBusyError extends CodedError {
  override readonly code = "LOGINS_BUSY";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor() {
    super("too many logins under way: try again in a second");
  }
}
