// What a management credential may do. The one place that turns roles into permissions.

export const OPERATOR_ROLES = ["owner", "editor", "viewer"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** What an operation needs. Every management operation names one. */
export type Permission =
  | "read" // look at anything but keys
  | "write" // change anything but keys and the project's existence
  | "manage_keys" // API keys, and looking at them
  | "manage_operators" // who may operate the project, and in what role
  | "create_project"
  | "delete_project"
  | "move_project"; // to another database

/** Who asks: the root key, a project's own API key, or an operator in the role that applies to the project. */
export type Authority = "root" | "project_key" | OperatorRole;

const PERMISSIONS: Record<Authority, readonly Permission[]> = {
  root: ["read", "write", "manage_keys", "manage_operators", "create_project", "delete_project", "move_project"],
  project_key: ["read", "write", "manage_keys"],
  owner: ["read", "write", "manage_keys", "manage_operators", "create_project", "delete_project"],
  editor: ["read", "write", "create_project"],
  viewer: ["read"],
};

/**
 * Whether this authority may. `create_project` is asked without a project, and only operators of all projects hold a
 * role then.
 */
export function permits(authority: Authority, permission: Permission): boolean {
  return PERMISSIONS[authority].includes(permission);
}
