import pytest, json, time, cProfile, pstats
from django.db import connection
from django.test.utils import CaptureQueriesContext
from datetime import timedelta
from django.utils import timezone
from spa.tests.factories import *
import time
pytestmark = pytest.mark.django_db(transaction=True)
import sys
def test_prof(api, settings):
    from users.tests.factories import UserFactory
    settings.THROTTLE_RATES = {k: "" for k in settings.THROTTLE_RATES}
    sys.stdout=open("/tmp/prof2.txt","w"); loc = LocationFactory.create(); svc = ServiceFactory.create(locations=[loc])
    for _ in range(10): StaffFactory.create(location=loc)
    users = UserFactory.create_batch(120)
    callers = [api.as_(u) for u in users]
    start = (timezone.localtime()+timedelta(days=3)).replace(hour=10,minute=0,second=0,microsecond=0)
    def book(i):
        s = start + timedelta(days=(i//50), minutes=75*((i//10)%5))
        r = callers[i].post("/api/v1/appointments", json.dumps({"services":[str(svc.pk)],"start":s.isoformat(),"staff":None}), content_type="application/json", HTTP_IDEMPOTENCY_KEY=f"k{i}")
        assert r.status_code==201, r.content
    book(0)
    with CaptureQueriesContext(connection) as c: book(1)
    for q in c.captured_queries: print(q["time"], q["sql"][:150].replace("\n"," "))
    t=time.process_time()
    for i in range(2,60): book(i)
    print("per booking ms", (time.process_time()-t)/58*1000)
    p=cProfile.Profile(); p.enable()
    for i in range(60,118): book(i)
    p.disable(); st=pstats.Stats(p); st.sort_stats("cumulative").print_stats(60)
