// What activities need of distribution; everything else in this folder is its own business.
export { claimFreight, claimLoad, freightHolders, isLoadHeld, releaseFreight, releaseLoad } from './claims';
export { hasFreight, missingBytes, readFreight, takeInventory, type Inventory } from './inventory';
export { readKnownFreight } from './known-freight';
export { placeFreight } from './place';
export { fencePointer, movePointer, readPointer, readPointers, type Pointer } from './pointer';
export { replicateFreight, type Replicated } from './replicate';
export { readFile } from './stored-file';
export { uploadFreight } from './upload';
export { verifyFreight } from './verify';
