// What the roles of operators are called and allow.

import type { OperatorRole } from "../../../../domain/projects/operator-access.ts";

export const ROLE_OPTIONS: readonly { value: OperatorRole; label: string }[] = [
  { value: "viewer", label: "Viewer: sees everything but API keys" },
  { value: "editor", label: "Editor: also changes everything but API keys and operators" },
  { value: "owner", label: "Owner: also manages API keys and operators, and deletes" },
];

export const ROLE_NAMES: Record<OperatorRole, string> = { owner: "Owner", editor: "Editor", viewer: "Viewer" };
