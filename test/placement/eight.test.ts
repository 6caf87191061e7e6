// Projects in eight databases.

import { everywhere } from "./everywhere.ts";

everywhere(8);
