//! The part of IndexedDB that this crate needs: a few stores, whole batches, and a promise for each.
//!
//! The functions that settle a promise are the event handlers, so no closure has to be kept or freed.

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbRequest, IdbTransaction, IdbTransactionMode};

/// An open database. Every key is a string.
pub struct Database(IdbDatabase);

impl Database {
    /// Opens the database, and creates its stores if it is new.
    ///
    /// # Errors
    /// What the platform threw: IndexedDB is missing or blocked.
    pub async fn open(name: &str, stores: &'static [&'static str]) -> Result<Self, JsValue> {
        let factory: IdbFactory = Reflect::get(&js_sys::global(), &"indexedDB".into())?.dyn_into()?;
        let request = factory.open_with_u32(name, 1)?;
        let opening = request.clone();
        // Stores can be created only during this event, so not after a promise.
        let upgrade = Closure::once(move || {
            let Ok(Ok(database)) = opening.result().map(|result| result.dyn_into::<IdbDatabase>()) else { return };
            for store in stores {
                // If this fails, the first use of the store reports it.
                let _ = database.create_object_store(store);
            }
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        settled(&request).await?;
        Ok(Self(request.result()?.dyn_into()?))
    }

    /// Every text of a store, with its key.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn all_texts(&self, store: &str) -> Result<Vec<(String, String)>, JsValue> {
        let all = self.all_values(store).await?;
        Ok(all.into_iter().filter_map(|(key, value)| Some((key, value.as_string()?))).collect())
    }

    /// Puts or deletes texts, all or none, and waits until that is done.
    ///
    /// The transaction begins before the first wait, so batches are written in the order of the calls.
    ///
    /// # Errors
    /// What the platform threw, for example because there is no space left.
    pub async fn write_texts(
        &self,
        store: &str,
        changes: impl IntoIterator<Item = (String, Option<String>)>,
    ) -> Result<(), JsValue> {
        let (transaction, finished) = self.begin_write(&store.into())?;
        let objects = transaction.object_store(store)?;
        for (key, text) in changes {
            match text {
                Some(text) => objects.put_with_key(&text.into(), &key.into())?,
                None => objects.delete(&key.into())?,
            };
        }
        finished.await?;
        Ok(())
    }

    /// One value of any kind that can be cloned; `undefined` where there is none.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn value(&self, store: &str, key: &str) -> Result<JsValue, JsValue> {
        let request = self.0.transaction_with_str(store)?.object_store(store)?.get(&key.into())?;
        settled(&request).await?;
        request.result()
    }

    /// Every value of a store, with its key.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn all_values(&self, store: &str) -> Result<Vec<(String, JsValue)>, JsValue> {
        let objects = self.0.transaction_with_str(store)?.object_store(store)?;
        let (keys, values) = (objects.get_all_keys()?, objects.get_all()?);
        // Both handlers are set before the first wait, otherwise the second event could be missed.
        let (keys_read, values_read) = (settled(&keys), settled(&values));
        keys_read.await?;
        values_read.await?;
        let keys: Array = keys.result()?.dyn_into()?;
        let values: Array = values.result()?.dyn_into()?;
        Ok(keys.iter().zip(values.iter()).filter_map(|(key, value)| Some((key.as_string()?, value))).collect())
    }

    /// Deletes one value, and waits until that is done. A missing value is no error.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn delete(&self, store: &str, key: &str) -> Result<(), JsValue> {
        let (transaction, finished) = self.begin_write(&store.into())?;
        transaction.object_store(store)?.delete(&key.into())?;
        finished.await?;
        Ok(())
    }

    /// Puts one value of any kind that can be cloned, and waits until that is done.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn put_value(&self, store: &str, key: &str, value: &JsValue) -> Result<(), JsValue> {
        let (transaction, finished) = self.begin_write(&store.into())?;
        transaction.object_store(store)?.put_with_key(value, &key.into())?;
        finished.await?;
        Ok(())
    }

    /// Empties stores, all or none, and waits until that is done.
    ///
    /// # Errors
    /// What the platform threw.
    pub async fn clear(&self, stores: &[&str]) -> Result<(), JsValue> {
        let names: Array = stores.iter().map(|store| JsValue::from(*store)).collect();
        let (transaction, finished) = self.begin_write(&names)?;
        for store in stores {
            transaction.object_store(store)?.clear()?;
        }
        finished.await?;
        Ok(())
    }

    /// Takes the name of a store or an array of names.
    fn begin_write(&self, stores: &JsValue) -> Result<(IdbTransaction, JsFuture), JsValue> {
        let transaction = self.0.transaction_with_str_sequence_and_mode(stores, IdbTransactionMode::Readwrite)?;
        let finished = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onerror(Some(&reject));
            transaction.set_onabort(Some(&reject));
        });
        Ok((transaction, JsFuture::from(finished)))
    }
}

fn settled(request: &IdbRequest) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    }))
}
