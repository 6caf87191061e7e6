// The fields of a flow's JSON body; whatever is no text counts as not sent. Loaded with the first such body.

import * as z from "zod";

const text = z.string().optional().catch(undefined);
export const FlowFields = z.object({
  method: text,
  identifier: text,
  password_identifier: text,
  password: text,
  provider: text,
  screen: text,
  csrf_token: text,
  traits: z.object({ email: text, name: text }).optional().catch(undefined),
});
