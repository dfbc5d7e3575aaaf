export {
  type BootstrapList,
  defaultKuboOptions,
  type KuboAuthorization,
  type KuboDeps,
  type KuboOptions,
} from "./deps.ts";
export { kuboHandler } from "./handler.ts";
