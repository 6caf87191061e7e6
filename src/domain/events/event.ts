// What happened, for the audit log. An event is committed in the same batch as the change it records.

export const EVENT_TYPES = [
  "project.created",
  "project.updated",
  "project.deleted",
  "project.moved",
  "organization.created",
  "organization.updated",
  "organization.deleted",
  "connection.created",
  "connection.updated",
  "connection.deleted",
  "connection.checked",
  "connection.tried",
  "connection.secret_rotated",
  "connection.old_secret_restored",
  "connection.old_secret_deleted",
  "api_key.created",
  "api_key.revoked",
  "operator.invited",
  "operator.invitation_revoked",
  "operator.joined",
  "operator.role_changed",
  "operator.removed",
  "identity.created",
  "identity.updated",
  "identity.deleted",
  "identity.joined_organization",
  "login.succeeded",
  "login.refused",
  "registration.succeeded",
  "registration.refused",
  "session.revoked",
  "logout.succeeded",
  "signing_key.created",
  "signing_key.rotated",
  "client.created",
  "client.updated",
  "client.deleted",
  "client.secret_rotated",
  "client.old_secrets_deleted",
  "session_token_template.saved",
  "session_token_template.deleted",
  "session.token_exchanged",
  "logout.by_provider",
  "provider.replay_refused",
  "provider.logout_undelivered",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * Families whose events stand in the directory with the change they record, wherever the project's data is. All others
 * stand beside the data.
 */
export const DIRECTORY_FAMILIES: readonly string[] = ["project", "api_key", "operator"];

/** The first words of the types: what they are about. */
export const EVENT_FAMILIES: readonly string[] = [...new Set(EVENT_TYPES.map(familyOf))];

export interface Actor {
  type: "root_key" | "api_key" | "operator" | "identity" | "anonymous" | "system";
  id: string | null;
}

/** Who asks and from where: the part of an event that the door knows. */
export interface RequestContext {
  /** The id that the error envelope, the logs and the audit event share. */
  requestId: string;
  /** CF-Connecting-IP; X-Forwarded-For is never read (T95). */
  ipAddress: string | null;
  userAgent: string | null;
  actor: Actor;
}

/** What the installation does by itself. @param part stands where a request's id would */
export function systemContext(part: string): RequestContext {
  return { requestId: part, ipAddress: null, userAgent: null, actor: { type: "system", id: null } };
}

export interface NewEvent {
  type: EventType;
  organizationId?: string | null;
  connectionId?: string | null;
  identityId?: string | null;
  /** Machine-readable reason of a refusal. */
  reason?: string | null;
  /** Names and numbers only: no secrets, tokens, or claim values (T101). */
  details?: Record<string, unknown>;
}

export interface Event extends Required<NewEvent> {
  projectId: string;
  /** UUIDv7: ids sort by time. */
  id: string;
  actorType: Actor["type"];
  actorId: string | null;
  requestId: string;
  ipAddress: string | null;
  createdAt: number;
}

/** What an event is about: the first word of its type. */
export function familyOf(type: EventType): string {
  return type.slice(0, type.indexOf("."));
}
