import { addPluginLossFunctions, type PluginLossFunctions } from '@gansweep/gan';
import { loadPlugins, PluginError } from '@gansweep/runtime';

/**
 * Loads the plugins of a folder into this process, once, before anything is parsed or trained.
 * @param folder as `Config.plugins`. @throws PluginError naming what is wrong, a false gradient included.
 */
export async function usePlugins(folder: string | null): Promise<void> {
  const { losses } = await loadPlugins(folder);
  try {
    // Parsed as functions; `addPluginLossFunctions` checks what they do.
    addPluginLossFunctions(losses as unknown as readonly PluginLossFunctions[]);
  } catch (error) {
    throw new PluginError(`GANSWEEP_PLUGINS=${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
