// Projects in two databases.

import { everywhere } from "./everywhere.ts";

everywhere(2);
