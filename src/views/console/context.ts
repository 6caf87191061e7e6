// What the body of every console page is given.

export interface PageContext {
  /** Hidden field `csrf_token` of every form. */
  csrf: string;
  /** Milliseconds. */
  now: number;
  /** Origin of the base host, for curl lines. */
  baseUrl: string;
  /** `/console/projects/{id}` of the page's project, or `/console`. */
  path: string;
  /** What the operator's role allows in this project. */
  may: { write: boolean; manageKeys: boolean; manageOperators: boolean; deleteProject: boolean };
}
